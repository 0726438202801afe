select
    order_id,
    customer_id,
    product_id,
    quantity,
    ordered_at,
    cast(ordered_at as date) as ordered_on,
    delivery_days
from {{ source('shop', 'orders') }}
