"""The reading service: films in over HTTP or DICOM, findings out, nothing lost on the way."""
