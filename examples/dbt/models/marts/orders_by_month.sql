select
    {{ dbt.date_trunc('month', 'ordered_at') }} as month,
    count(*) as orders,
    count(distinct customer_id) as customers,
    sum(amount) as revenue,
    avg({{ dbt.datediff('ordered_at', 'delivered_at', 'day') }}) as delivery_days
from {{ ref('fct_orders') }}
group by 1
