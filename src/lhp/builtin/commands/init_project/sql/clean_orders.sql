SELECT
  order_id,
  customer_id,
  CAST(ordered_at AS DATE) AS ordered_on,
  lower(trim(status)) AS status,
  CAST(amount AS DECIMAL(12, 2)) AS amount
FROM stream(v_orders_bronze)
