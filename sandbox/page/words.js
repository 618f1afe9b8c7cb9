// The page's own words, in Chinese and English.

import { GROUP_WORDS } from "./groupwords.js";

const WORDS = {
  zh: {
    ...GROUP_WORDS.zh,
    app: "练习聊天", youAre: "我是", people: "换个人看看", peopleHint: "点谁，你就是谁", addPerson: "加一个人", you: "我",
    chats: "聊天", listHint: "想同时看两个人？点「并排」，或再开一个窗口。", choose: "选一个聊天开始吧", chooseHint: "左边选人，再选聊天；两个窗口可以是两个人",
    bot: "机器人", typing: "正在输入", members: (n) => `${n} 位成员`, online: "在线", group: "群", searchPeople: "找人",
    write: "写点什么…", writeTo: (who) => `以${who}的身份发消息…`, send: "发送", attach: "附件", commands: "菜单", keyboardShow: "显示键盘", keyboardHide: "收起键盘",
    start: "开始", startHint: "点一下，就和机器人说上话了", unblock: "解除屏蔽", block: "屏蔽机器人", blocked: "已屏蔽",
    restart: "重新发送 /start", whatCan: "这个机器人能做什么？", emptyPrivate: "还没有消息", emptyGroup: "群里还静悄悄的",
    photo: "照片", file: "文件", place: "位置", contact: "名片", caption: "说明（可不填）", cancel: "取消", ok: "好",
    sharePhoneTitle: "发送手机号？", sharePhone: (bot, phone) => `${bot}会收到你的手机号 ${phone}。`,
    sharePlaceTitle: "发送位置？", sharePlace: (bot) => `${bot}会收到你现在的位置。`, share: "发送",
    whoseContact: "发谁的名片？", mine: "我自己的", latitude: "纬度", longitude: "经度", whichPlace: "发哪里的位置？",
    placeHome: "研究所", placeHall: "学术报告厅", placeGym: "体育馆", placeSquare: "天安门",
    today: "今天", yesterday: "昨天", edited: "已编辑", unread: "以下是新消息", newBelow: (n) => `${n} 条新消息`, toBottom: "到最新",
    forwarded: "转发自", reply: "回复", copy: "复制", copied: "已复制", edit: "编辑", delete: "删除", editing: "编辑消息", replyTo: "回复", react: "回应",
    pinned: "置顶消息", joined: (by, names) => (names === by ? `${by} 加入了群` : `${by} 邀请 ${names} 进群`),
    left: (by, names) => (names === by ? `${by} 离开了群` : `${by} 把 ${names} 移出了群`), didPin: (by) => `${by} 置顶了一条消息`,
    created: (by) => `${by} 建了这个群`, upgraded: "这个群升级成了超级群", fromOld: "由普通群升级而来",
    clock: "拨时钟", clockNow: "沙盒里的时间", minutes: (n) => `${n} 分钟`, hours: (n) => `${n} 小时`, days: (n) => `${n} 天`,
    ahead: (w) => `拨快了 ${w}`, behind: (w) => `拨慢了 ${w}`, tomorrow: "明天 08:59", moveTo: "拨到某一刻…", go: "拨", backNow: "回到现在", clockHint: "机器人的时钟会跟着走：到点的提醒马上就来",
    beijing: "北京时间",
    plusMinute: "+1 分", plusTen: "+10 分", plusHour: "+1 小时", plusDay: "+1 天",
    language: "English", sideBySide: "并排", oneOnly: "收起并排", lost: "连接断了，正在重连…", more: "更多", back: "返回", close: "关闭",
    membersTitle: "群成员", beThem: "换成 TA", owner: "群主", admin: "管理员", leave: "离开群", joinGroup: "加入群", noOther: "没有别的群了", invite: "拉机器人进群",
    enlarge: "放大照片", download: "下载", reveal: "点开看", location: "位置", copyPlace: "复制坐标",
    newPersonTitle: "加一个人", firstName: "名字", phone: "手机号（可不填）", add: "加上", personLanguage: "手机语言", chinese: "中文", english: "English",
    unknownMention: "沙盒里没有这个人", cannotOpen: "这个链接在沙盒里打不开", unreadLabel: (n) => `${n} 条未读`,
    photoSent: "照片",
    photoOrVideo: "照片或视频", filesToSend: (n) => `发送 ${n} 个文件`, underSpoiler: "盖上遮罩，点开才看得到", throwDice: "掷一个", diceValue: (n) => `掷出 ${n}`,
    album: (n) => `相册，${n} 张`, play: "播放", pause: "暂停", playVideo: "播放视频", seek: "播放位置", saidElsewhere: "在别的聊天里说的", video: "视频",
    kind_photo: "照片", kind_video: "视频", kind_animation: "动图", kind_audio: "音乐", kind_voice: "语音", kind_video_note: "视频留言", kind_sticker: "贴纸", kind_dice: "掷出的结果",
    kind_document: "文件", kind_poll: "投票", kind_venue: "地点", kind_location: "位置", kind_contact: "名片",
    anonymousPoll: "匿名投票", publicPoll: "公开投票", anonymousQuiz: "匿名测验", publicQuiz: "公开测验", finalResults: "最终结果", membersOnly: "加入满一天才能投票", severalAnswers: "可多选", chooseOne: "选一个",
    timeLeft: "还剩", voteButton: "投票", votes: (n) => `${n} 票`, answers: (n) => `${n} 人选`, voted: (n) => `${n} 人已投票`, answered: (n) => `${n} 人已作答`,
    nobodyVoted: "还没有人投票", nobodyAnswered: "还没有人作答", resultsLater: "结束后公布结果", correctAnswer: "正确答案", yourChoice: "你的选择", wrongAnswer: "不对",
    answeredRight: "答对了", answeredWrong: "没答对", whyButton: "看看为什么", retractVote: "撤回投票", addedOption: (by, text) => `${by} 加了一个选项：${text}`, stopPoll: "结束投票",
    poll: "投票", newPoll: "发起投票", newQuiz: "发起测验", pollQuestion: "问题", pollOptions: "选项", pollOption: (n) => `选项 ${n}`, addOption: "加一个选项", isAnonymous: "匿名", allowSeveral: "可多选", isQuiz: "测验（有标准答案）",
    markCorrect: "在正确的选项前打勾", explanation: "解释（可不填）", pollTime: "限时", noLimit: "不限时", create: "发起",
  },
  en: {
    ...GROUP_WORDS.en,
    app: "Practice chat", youAre: "You are", people: "Be somebody else", peopleHint: "Whom you click, you are", addPerson: "Add a person", you: "You",
    chats: "Chats", listHint: "Two people at once? Choose “Side by side”, or open another window.", choose: "Choose a chat to begin", chooseHint: "Pick a person, then a chat; two windows can be two people",
    bot: "bot", typing: "typing", members: (n) => (n === 1 ? "1 member" : `${n} members`), online: "online", group: "group", searchPeople: "Find somebody",
    write: "Write a message…", writeTo: (who) => `Message as ${who}…`, send: "Send", attach: "Attach", commands: "Menu", keyboardShow: "Show keyboard", keyboardHide: "Hide keyboard",
    start: "Start", startHint: "One tap and you are talking to the bot", unblock: "Unblock", block: "Block bot", blocked: "blocked",
    restart: "Send /start again", whatCan: "What can this bot do?", emptyPrivate: "No messages yet", emptyGroup: "All quiet in here",
    photo: "Photo", file: "File", place: "Location", contact: "Contact", caption: "Caption (optional)", cancel: "Cancel", ok: "OK",
    sharePhoneTitle: "Share your number?", sharePhone: (bot, phone) => `${bot} will receive your number ${phone}.`,
    sharePlaceTitle: "Share your location?", sharePlace: (bot) => `${bot} will receive where you are.`, share: "Share",
    whoseContact: "Whose contact?", mine: "My own", latitude: "Latitude", longitude: "Longitude", whichPlace: "Which place?",
    placeHome: "Institute of Semiconductors", placeHall: "Lecture hall", placeGym: "Sports hall", placeSquare: "Tiananmen",
    today: "Today", yesterday: "Yesterday", edited: "edited", unread: "New messages", newBelow: (n) => `${n} new`, toBottom: "To the latest",
    forwarded: "Forwarded from", reply: "Reply", copy: "Copy", copied: "Copied", edit: "Edit", delete: "Delete", editing: "Edit message", replyTo: "Reply to", react: "React",
    pinned: "Pinned message", joined: (by, names) => (names === by ? `${by} joined the group` : `${by} added ${names}`),
    left: (by, names) => (names === by ? `${by} left the group` : `${by} removed ${names}`), didPin: (by) => `${by} pinned a message`,
    created: (by) => `${by} created the group`, upgraded: "This group became a supergroup", fromOld: "Upgraded from a group",
    clock: "Move the clock", clockNow: "Time in the sandbox", minutes: (n) => `${n} min`, hours: (n) => `${n} h`, days: (n) => (n === 1 ? "1 day" : `${n} days`),
    ahead: (w) => `${w} ahead`, behind: (w) => `${w} behind`, tomorrow: "Tomorrow 08:59", moveTo: "To a date and time…", go: "Go", backNow: "Back to now", clockHint: "The bot's clock moves along: reminders that fall due come at once",
    beijing: "Beijing time",
    plusMinute: "+1m", plusTen: "+10m", plusHour: "+1h", plusDay: "+1d",
    language: "中文", sideBySide: "Side by side", oneOnly: "One phone", lost: "Connection lost, trying again…", more: "More", back: "Back", close: "Close",
    membersTitle: "Members", beThem: "Be them", owner: "owner", admin: "admin", leave: "Leave group", joinGroup: "Join a group", noOther: "No other groups", invite: "Add the bot",
    enlarge: "Enlarge photo", download: "Download", reveal: "Reveal", location: "Location", copyPlace: "Copy coordinates",
    newPersonTitle: "Add a person", firstName: "Name", phone: "Phone (optional)", add: "Add", personLanguage: "Phone language", chinese: "中文", english: "English",
    unknownMention: "Nobody here has that name", cannotOpen: "This link cannot be opened in the sandbox", unreadLabel: (n) => `${n} unread`,
    photoSent: "Photo",
    photoOrVideo: "Photo or video", filesToSend: (n) => `Send ${n} files`, underSpoiler: "Hide under a spoiler", throwDice: "Throw", diceValue: (n) => `shows ${n}`,
    album: (n) => `Album of ${n}`, play: "Play", pause: "Pause", playVideo: "Play video", seek: "Position", saidElsewhere: "Said in another chat", video: "Video",
    kind_photo: "Photo", kind_video: "Video", kind_animation: "GIF", kind_audio: "Music", kind_voice: "Voice message", kind_video_note: "Video message", kind_sticker: "Sticker", kind_dice: "A throw",
    kind_document: "File", kind_poll: "Poll", kind_venue: "Place", kind_location: "Location", kind_contact: "Contact",
    anonymousPoll: "Anonymous poll", publicPoll: "Public poll", anonymousQuiz: "Anonymous quiz", publicQuiz: "Public quiz", finalResults: "Final results", membersOnly: "Only members for a day can vote", severalAnswers: "several answers", chooseOne: "Choose one",
    timeLeft: "Time left", voteButton: "Vote", votes: (n) => (n === 1 ? "1 vote" : `${n} votes`), answers: (n) => (n === 1 ? "1 answer" : `${n} answers`), voted: (n) => (n === 1 ? "1 vote" : `${n} votes`), answered: (n) => (n === 1 ? "1 answer" : `${n} answers`),
    nobodyVoted: "No votes yet", nobodyAnswered: "No answers yet", resultsLater: "results at the end", correctAnswer: "correct answer", yourChoice: "your choice", wrongAnswer: "wrong",
    answeredRight: "Correct", answeredWrong: "Not quite", whyButton: "Why?", retractVote: "Retract vote", addedOption: (by, text) => `${by} added an option: ${text}`, stopPoll: "Stop poll",
    poll: "Poll", newPoll: "New poll", newQuiz: "New quiz", pollQuestion: "Question", pollOptions: "Options", pollOption: (n) => `Option ${n}`, addOption: "Add an option", isAnonymous: "Anonymous", allowSeveral: "Several answers", isQuiz: "Quiz (has a right answer)",
    markCorrect: "Tick what is right", explanation: "Explanation (optional)", pollTime: "Time limit", noLimit: "None", create: "Create",
  },
};

const KEY = "sandbox.language";
let current = localStorage.getItem(KEY) || (navigator.language.toLowerCase().startsWith("en") ? "en" : "zh");
if (!(current in WORDS)) current = "zh";

export function language() {
  return current;
}

export function setLanguage(code) {
  current = code;
  localStorage.setItem(KEY, code);
}

/** The words for a key; some need values. */
export function t(key, ...values) {
  const words = WORDS[current][key];
  return typeof words === "function" ? words(...values) : words;
}

/** Somebody's name inside a sentence: whatever direction it is written in, the sentence keeps its own. */
export function isolated(text) {
  return `\u2068${text}\u2069`;
}
