// What runs first in the tool in one file: unpacks the script of the page, which the file's policy knows by its hash.

import { unpacked } from "./single";

const script = document.createElement("script");
script.type = "module";
unpacked("page").then((bytes) => {
  script.textContent = new TextDecoder().decode(bytes);
  document.body.append(script);
});
