SELECT {{ columns | join(', ') }} FROM stream(v_{{ name }})
