-- Orders of the tills in the columns that all channels share.
SELECT
  order_id,
  NULLIF(customer_id, '') AS customer_id,
  store_id,
  order_ts,
  status,
  currency,
  order_total,
  CASE WHEN store_id = 'S08' THEN 'web' ELSE 'store' END AS sales_channel,
  promo_code,
  _ingested_at,
  _ingest_pipeline,
  _source_file
FROM stream(v_pos_orders_files)
