import "../common/language";
import { mount } from "svelte";
import App from "../App.svelte";
import { lessonAt } from "../store/learn/lessonPlayer.svelte";
import Lesson from "./Lesson.svelte";
import Page from "./Page.svelte";
import "../style.css";

const target = document.getElementById("app")!;
if (lessonAt(location.pathname)) mount(App, { target, props: { lesson: Lesson } });
else mount(Page, { target });
