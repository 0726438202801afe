select
    product_id,
    name as product_name,
    price
from {{ source('shop', 'products') }}
