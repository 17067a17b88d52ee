"""Questions to the gallery: which images look like these pictures?"""
