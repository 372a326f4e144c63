/// The case that the page opens on: an 8B fine-tune that does not quite fit one 24 GB card. The one place of
/// the page that names options; any query string of the tool will do.
export const openingQuery = "seq=1024&method=lora&gpu=rtx-4090-24gb";
