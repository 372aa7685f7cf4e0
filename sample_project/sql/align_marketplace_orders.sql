-- Orders of the marketplaces in the columns that all channels share.
SELECT
  orderNumber AS order_id,
  buyerRef AS customer_id,
  CAST(NULL AS STRING) AS store_id,
  placedAt AS order_ts,
  lower(state) AS status,
  totals.currency AS currency,
  totals.amount AS order_total,
  'marketplace' AS sales_channel,
  CAST(NULL AS STRING) AS promo_code,
  _ingested_at,
  _ingest_pipeline,
  _source_file
FROM stream(v_marketplace_orders_files)
