"""Makes the catalog agree with the disk: joins the rooms `watching` and `gallery`."""
