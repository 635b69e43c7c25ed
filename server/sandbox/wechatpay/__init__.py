"""WeChat Pay v3 as the sandbox speaks it: paths, signatures, errors and sealed notices."""
