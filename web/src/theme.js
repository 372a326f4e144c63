// Before the first paint: the theme that the reader chose, if any.
try {
  const theme = localStorage.getItem("tensorledger-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is refused: the system's theme stands.
}
