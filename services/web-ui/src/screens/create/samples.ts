/** A small experiment in each form, to begin with. Names and rules are those of the examples that come with the package. */

import type { Form } from "./draft";

const SHOP = {
  name: "shop",
  description: "Customers, products and orders, with a rule for every column that matters",
  target_warehouse: ["redshift", "snowflake"],
  tables: [
    {
      name: "customers",
      target_rows: 10_000,
      primary_key: ["customer_id"],
      columns: [
        { name: "customer_id", data_type: "INT", required: true, min_value: 1 },
        { name: "email", data_type: "VARCHAR(120)", required: true, is_unique: true, faker_rule: "email" },
        { name: "first_name", data_type: "VARCHAR(60)", faker_rule: "first_name" },
        {
          name: "segment",
          data_type: "VARCHAR(12)",
          distribution: {
            type: "categorical",
            values: ["consumer", "business", "school"],
            weights: [80, 15, 5],
          },
        },
        { name: "registered_on", data_type: "DATE", date_start: "2021-01-01", date_end: "2024-12-31" },
      ],
    },
    {
      name: "products",
      target_rows: 500,
      primary_key: ["product_id"],
      columns: [
        { name: "product_id", data_type: "INT", required: true, min_value: 1 },
        { name: "name", data_type: "VARCHAR(120)", required: true },
        {
          name: "price",
          data_type: "DECIMAL(10,2)",
          required: true,
          min_value: 0.5,
          max_value: 2000,
          distribution: { type: "lognormal", mu: 3.2, sigma: 0.9 },
        },
      ],
    },
    {
      name: "orders",
      target_rows: 50_000,
      primary_key: ["order_id"],
      columns: [
        { name: "order_id", data_type: "BIGINT", required: true, min_value: 1 },
        {
          name: "customer_id",
          data_type: "INT",
          required: true,
          foreign_key: "customers.customer_id",
          distribution: { type: "zipf", exponent: 0.8 },
        },
        { name: "product_id", data_type: "INT", required: true, foreign_key: "products.product_id" },
        { name: "quantity", data_type: "SMALLINT", required: true, min_value: 1, max_value: 12 },
        {
          name: "ordered_at",
          data_type: "TIMESTAMP",
          required: true,
          date_start: "2023-01-01",
          date_end: "2024-12-31",
        },
      ],
    },
  ],
};

export const SAMPLE_NAME = SHOP.name;

export const SAMPLES: Record<Form, string> = {
  json: JSON.stringify(SHOP, null, 2),
  yaml: `name: shop_by_meaning
target_warehouse: [redshift, snowflake]
schema:
  Customer:
    count: 10000
    fields:
      customer_id:
        type: serial
        primary_key: true
      email:
        type: unique
        generator: faker.email
      tier:
        type: categorical
        values: [basic, silver, gold]
        weights: [70, 22, 8]
      registration_date:
        type: datetime
        range: ["2023-01-01", "2024-12-31"]
`,
  sql: `CREATE TABLE stores (
  store_id INT NOT NULL PRIMARY KEY,
  city VARCHAR(60),
  opened_on DATE
);

CREATE TABLE sales (
  region_id INT NOT NULL,
  store_id INT NOT NULL REFERENCES stores (store_id),
  sale_date DATE,
  amount DECIMAL(10,2),
  PRIMARY KEY (region_id, store_id)
);
`,
};
