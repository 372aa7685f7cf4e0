{% macro doubled(name) %}{{ name }} * 2 AS {{ name | lower }}{% endmacro %}
