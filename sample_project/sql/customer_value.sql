SELECT
  c.customer_id,
  c.country,
  c.loyalty_tier,
  o.currency,
  count(o.order_id) AS orders,
  sum(o.order_total) AS turnover,
  max(o.order_date) AS last_order_on
FROM v_current_customers AS c
INNER JOIN v_finished_orders AS o
  ON o.customer_id = c.customer_id
GROUP BY c.customer_id, c.country, c.loyalty_tier, o.currency
