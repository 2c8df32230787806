"""The words that every part of losslint shares. Imports nothing of ours."""
