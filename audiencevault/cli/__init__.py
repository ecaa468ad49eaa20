"""The command line: parse, call the pipeline, print. The only room that reads the clock and knows rich."""
