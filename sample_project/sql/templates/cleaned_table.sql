-- One silver table: the columns and rows that its flowgroup asks for.
SELECT
{%- for column in columns %}
  {{ column }},
{%- endfor %}
  _ingested_at,
  _source_table
FROM stream(v_{{ table }}_bronze)
WHERE {{ keep_rows | format_sql }}
