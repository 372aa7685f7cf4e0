-- Tills sometimes send an order twice: the later copy is dropped while its key is remembered.
SELECT DISTINCT
  order_id,
  customer_id,
  coalesce(store_id, 'marketplace') AS store_id,
  order_ts,
  CAST(order_ts AS DATE) AS order_date,
  lower(trim(status)) AS status,
  upper(currency) AS currency,
  order_total,
  sales_channel,
  NULLIF(promo_code, '') AS promo_code,
  _source_table
FROM stream(v_orders_bronze)
