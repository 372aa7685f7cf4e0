-- Each article as last delivered, with what happened to it.
WITH products AS (
  SELECT product_id, product_name, category, brand, unit_cost
  FROM ${catalog}.${silver_schema}.products
  QUALIFY row_number() OVER (PARTITION BY product_id ORDER BY updated_at DESC) = 1
),

sold AS (
  SELECT
    l.product_id,
    sum(l.quantity) AS pieces,
    CAST(sum(l.net_amount / coalesce(r.rate, 1)) AS DECIMAL(14, 2)) AS net_amount
  FROM ${catalog}.${silver_schema}.order_lines AS l
  INNER JOIN ${catalog}.${silver_schema}.orders AS o
    ON o.order_id = l.order_id
    AND o.status <> 'cancelled'
  LEFT JOIN ${catalog}.${bronze_schema}.exchange_rates AS r
    ON r.rate_date = o.order_date
    AND r.currency = o.currency
    AND o.currency <> '${reporting_currency}'
  GROUP BY l.product_id
),

returned AS (
  SELECT product_id, sum(quantity) AS pieces
  FROM ${catalog}.${silver_schema}.returns
  GROUP BY product_id
),

viewed AS (
  SELECT product_id, count(*) AS views
  FROM ${catalog}.${silver_schema}.product_views
  GROUP BY product_id
)

SELECT
  p.product_id,
  p.product_name,
  p.category,
  p.brand,
  coalesce(v.views, 0) AS web_views,
  coalesce(s.pieces, 0) AS pieces_sold,
  coalesce(r.pieces, 0) AS pieces_returned,
  round(coalesce(r.pieces, 0) / nullif(s.pieces, 0), 3) AS return_rate,
  s.net_amount,
  s.net_amount - s.pieces * p.unit_cost AS margin
FROM products AS p
LEFT JOIN sold AS s ON s.product_id = p.product_id
LEFT JOIN returned AS r ON r.product_id = p.product_id
LEFT JOIN viewed AS v ON v.product_id = p.product_id
