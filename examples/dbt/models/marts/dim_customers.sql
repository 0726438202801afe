with spent as (
    select
        o.customer_id,
        count(*) as orders,
        min(o.ordered_on) as first_ordered_on,
        max(o.ordered_on) as last_ordered_on,
        sum(o.quantity * p.price) as revenue
    from {{ ref('stg_orders') }} o
    join {{ ref('stg_products') }} p on p.product_id = o.product_id
    group by o.customer_id
)

select
    c.customer_id,
    c.email,
    c.full_name,
    c.segment,
    s.label as segment_label,
    coalesce(spent.orders, 0) as orders,
    spent.first_ordered_on,
    spent.last_ordered_on,
    coalesce(spent.revenue, 0) as revenue,
    row_number() over (partition by c.segment order by coalesce(spent.revenue, 0) desc, c.customer_id) as rank_in_segment
from {{ ref('stg_customers') }} c
left join spent on spent.customer_id = c.customer_id
left join {{ ref('segments') }} s on s.segment = c.segment
