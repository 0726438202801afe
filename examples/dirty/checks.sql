-- What a test of data quality would ask, and what the report of defects answers. Before each statement stand the table, the column (- for
-- whole rows) and the kind of the defects that it finds: exactly those rows, by their keys, of the data that examples/dirty/schema.yaml makes.

-- customers email null
SELECT id FROM customers WHERE email IS NULL;

-- customers city null
SELECT id FROM customers WHERE city IS NULL;

-- customers email invalid
SELECT id FROM customers WHERE email NOT LIKE '%_@_%._%';

-- customers country invalid
SELECT id FROM customers WHERE country NOT IN ('DE', 'FR', 'US');

-- customers city whitespace (the last pattern has a tab in it)
SELECT id FROM customers WHERE city LIKE ' %' OR city LIKE '% ' OR city LIKE '%  %' OR city LIKE '%	%';

-- customers first_name case
SELECT id FROM customers WHERE first_name <> UPPER(SUBSTRING(first_name, 1, 1)) || LOWER(SUBSTRING(first_name, 2));

-- customers - duplicate
SELECT id FROM customers GROUP BY id HAVING COUNT(*) > 1;

-- orders customer_id orphan
SELECT o.id FROM orders AS o LEFT JOIN customers AS c ON c.id = o.customer_id WHERE c.id IS NULL;

-- orders quantity invalid
SELECT id FROM orders WHERE quantity NOT BETWEEN 1 AND 20;

-- orders total outlier
SELECT id FROM orders WHERE total > 20 * 300;

-- orders loaded_at late
SELECT id FROM orders WHERE loaded_at > ordered_at + INTERVAL '1 day';
