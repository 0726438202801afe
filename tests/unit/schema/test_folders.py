from dw_simulator.schema.folders import folder_name


def test_long_names_are_short_and_distinct():
    names = ["ü" * 60 + end for end in "ab"]
    assert [len(folder_name(name)) for name in names] == [120, 120]
    assert folder_name(names[0]) != folder_name(names[1])
