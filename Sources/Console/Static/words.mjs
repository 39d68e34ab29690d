/** What modules say, in the page's language. The server writes it into `<template id="words">`. */
const said = document.querySelector("#words")?.dataset ?? {};

/** @param {string} name as in `data-NAME`, in camel case */
export const say = (name) => said[name] ?? "";

export const language = document.documentElement.lang || "en";
