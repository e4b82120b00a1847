"""What a PACS takes: segmentation, structured report, secondary capture and presentation state of one film."""
