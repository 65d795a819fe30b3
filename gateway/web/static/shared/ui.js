// What every page is made of: Preact with tagged templates. What is put into a template is text, never markup.
export {
  html, render, Component, createContext,
  useCallback, useContext, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from "/ui/vendor/preact.js";
