import "../common/language";
import { mount } from "svelte";
import SearchPage from "./Search.svelte";
import "../style.css";

mount(SearchPage, { target: document.getElementById("app")! });
