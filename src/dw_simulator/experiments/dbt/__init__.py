"""dbt beside an experiment: projects and profiles for both warehouses, seeds from generated tables, running dbt."""
