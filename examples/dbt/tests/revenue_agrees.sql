-- Revenue by customer and revenue by month are sums of the same orders.
with by_customer as (select sum(revenue) as revenue from {{ ref('dim_customers') }}),
     by_month as (select sum(revenue) as revenue from {{ ref('orders_by_month') }})

select by_customer.revenue, by_month.revenue as monthly
from by_customer cross join by_month
where abs(by_customer.revenue - by_month.revenue) > 0.01
