-- Cancelled orders don't count. Marketplaces have no shop.
WITH sales AS (
  SELECT
    o.order_date,
    coalesce(s.store_name, 'Marketplaces') AS store_name,
    o.sales_channel,
    o.order_id,
    o.order_total / coalesce(r.rate, 1) AS turnover
  FROM ${catalog}.${silver_schema}.orders AS o
  LEFT JOIN ${catalog}.${silver_schema}.stores AS s
    ON s.store_id = o.store_id
  LEFT JOIN ${catalog}.${bronze_schema}.exchange_rates AS r
    ON r.rate_date = o.order_date
    AND r.currency = o.currency
    AND o.currency <> '${reporting_currency}'
  WHERE o.status <> 'cancelled'
)

SELECT
  order_date,
  store_name,
  sales_channel,
  count(DISTINCT order_id) AS orders,
  CAST(sum(turnover) AS DECIMAL(14, 2)) AS turnover,
  CAST(sum(turnover) / count(DISTINCT order_id) AS DECIMAL(12, 2)) AS average_basket
FROM sales
GROUP BY order_date, store_name, sales_channel
