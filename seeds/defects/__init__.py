"""Small named changes that a pull request could bring: defects that must go red, harmless ones that must not."""
