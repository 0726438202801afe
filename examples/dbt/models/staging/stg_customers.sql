select
    customer_id,
    lower(email) as email,
    first_name || ' ' || last_name as full_name,
    segment,
    registered_on
from {{ source('shop', 'customers') }}
