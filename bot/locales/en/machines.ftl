machines-status-in_service = In service
machines-status-maintenance = 🔧 Under maintenance
machines-status-decommissioned = Out of service for good
machines-error-limits = Limits must rise: critical low, warning low, warning high, critical high.
machines-error-sampling = The expected period must be over zero, and shorter than the time after which the sensor is stale.
machines-error-sensor = { $machine } has no sensor { $sensor }.
