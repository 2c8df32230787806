"""The files of a project: where losses may stand, what each file defines, and which name of which module is what."""
