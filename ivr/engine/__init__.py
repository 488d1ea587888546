"""What drives the stories: it knows ports, never adapters.

`switchboard` knows the live calls, `teller` tells one call's story, `telling` is the pure heart of it, `storybook`
knows which story a chapter is. `archiver` and `reconciler` see that every call ends in the archive, once.
"""
