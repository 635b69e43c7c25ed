"""The recognisers' stand-in: WeChat's `cv/ocr` and Aliyun's OCR."""
