def shown(place):
    return {check.subject: (check.state, check.detail) for check in place.link.reader().check()}


def test_check_names_each_table_with_what_it_lacks(place):
    place.write("accounts.csv", "account_id,name\nA,x\n")
    place.write("hours.csv", "account_id,week,hours,overtime_25,overtime_50,weekend_hours,hourly_cost\n")
    found = shown(place)
    assert found["files directory"][0] == "ok"
    assert found["files hours.csv"] == ("ok", "7 columns")
    assert found["files accounts.csv"][1].startswith("2 columns, without parent_id, owner_id")
    assert found["files invoices"] == ("ok", "no invoices.csv: the rules that need it will say so")


def test_check_warns_of_what_nobody_reads_and_fails_on_what_cannot_be_read(place):
    place.write("accounts.csv", "account_id;name\nA;x\n")
    place.write("hours.csv", "account_id,week,hours,Zzz\n")
    found = shown(place)
    assert found["files accounts.csv"][0] == "error"
    assert found["files hours.csv"] == ("warning", "unknown columns are not read: Zzz")


def test_check_names_a_missing_directory_once(place):
    place.data.rmdir()
    checks = list(place.link.reader().check())
    assert [(check.state, check.mend) for check in checks] == [("error", "see files.directory")]


def test_provisioning_makes_the_output_folder_once_and_a_dry_run_makes_nothing(place):
    provisioner = place.link.provisioner()
    assert [check.state for check in provisioner.provision(dry_run=True)] == ["warning"]
    assert not place.out.exists()
    assert [check.detail for check in provisioner.provision(dry_run=False)] == [f"{place.out} was made"]
    assert place.out.stat().st_mode & 0o777 == 0o700
    assert [(check.state, check.detail) for check in provisioner.provision(dry_run=False)] == [("ok", f"{place.out} is there")]
