"""dbt projects: sources, seeds and models with columns become tables, their tests and constraints become rules.

Read are a project's folder (``dbt_project.yml``), one file of properties (``schema.yml``), and ``manifest.json`` of any
version, with the types of ``catalog.json`` where that lies beside. dbt itself is not needed; Jinja is not evaluated,
and what depends on it is named in a warning. dbt documentation, pages "Data tests", "Constraints", "Source properties",
"Seed properties", "Model properties", "Manifest JSON file".
"""
