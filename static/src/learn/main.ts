import { unrooted } from "../common/root";
import "../common/language";
import { mount } from "svelte";
import App from "../App.svelte";
import { isInterview } from "../store/learn/drill.svelte";
import { lessonAt } from "../store/learn/lessonPlayer.svelte";
import Interview from "./Interview.svelte";
import Lesson from "./Lesson.svelte";
import Page from "./Page.svelte";
import "../style.css";

const target = document.getElementById("app")!;
const path = unrooted(location.pathname);
if (isInterview(path)) mount(Interview, { target });
else if (lessonAt(path)) mount(App, { target, props: { lesson: Lesson } });
else mount(Page, { target });
