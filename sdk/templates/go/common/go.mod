module {{name}}

go 1.25

require lockgate v0.0.0

// Put there by `lockgate build`, so that it always fits the lockgate that runs the channel.
replace lockgate => ./.lockgate/sdk/go
