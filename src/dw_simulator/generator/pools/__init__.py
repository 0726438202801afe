"""Prebuilt value pools: names, cities, companies, words."""
