"""The way of the data: one module a pass, one public function each; `run` is their order."""
