module lockgate

go 1.25
