import "./elements/app";
