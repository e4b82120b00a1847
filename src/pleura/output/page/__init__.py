"""Pages of HTML that people read without a network: their frame, and charts drawn as SVG."""
