{{ config(materialized='incremental', unique_key='order_id', incremental_strategy='merge', on_schema_change='append_new_columns') }}

select
    o.order_id,
    o.customer_id,
    o.product_id,
    o.ordered_at,
    o.ordered_on,
    o.quantity,
    o.quantity * p.price as amount,
    {{ dbt.dateadd('day', 'o.delivery_days', 'o.ordered_at') }} as delivered_at
from {{ ref('stg_orders') }} o
join {{ ref('stg_products') }} p on p.product_id = o.product_id
{% if is_incremental() %}
where o.ordered_at >= (select coalesce(max(ordered_at), '1900-01-01') from {{ this }})
{% endif %}
