// The same globals as the packages' UMD files on the CDN set.
import "graphiql/style.css";
import { GraphiQL } from "graphiql";
import * as React from "react";
import * as ReactDOM from "react-dom/client";

Object.assign(globalThis, { GraphiQL, React, ReactDOM });
