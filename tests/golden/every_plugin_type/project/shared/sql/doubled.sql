{% import "shared/columns.sql" as columns %}
SELECT {{ columns.doubled("id") }} FROM stream(v_{{ entity }})
