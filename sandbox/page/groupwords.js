// The words of groups, topics and channels, in Chinese and English.

export const GROUP_WORDS = {
  zh: {
    channel: "频道", subscribers: (n) => `${n} 位订阅者`, allTopics: "全部", general: "综合", topicsLabel: "话题", newTopic: "新话题", topicName: "话题名", closeTopic: "关闭话题", reopenTopic: "重新打开", renameTopic: "改话题名", deleteTopic: "删除话题", hideGeneral: "隐藏「综合」", showGeneral: "显示「综合」",
    silentChannel: "只有管理员可以在频道里发言", silentTopic: "这个话题已关闭", silentMuted: "你在这里被禁言了",
    newGroup: "新建群或频道", createGroup: "新建", groupTitle: "名称", kindGroup: "普通群", kindSupergroup: "超级群", kindForum: "话题群（带话题）", kindChannel: "频道", withBot: "拉机器人进来", botAdmin: "让机器人当管理员", everybody: "拉所有人进来",
    openLink: "打开邀请链接", pasteLink: "粘贴 https://t.me/+…", inviteLink: "邀请链接", makeLink: "生成邀请链接", askFirst: "进群要先申请", copyLink: "复制链接", openAs: "让谁打开这个链接？", asked: "已申请，等管理员同意", nobodyLeft: "大家都在里面了",
    wantsIn: (who) => `${who} 想加入`, approve: "同意", decline: "婉拒", moreAsk: (n) => `还有 ${n} 人在等`,
    makeAdmin: "设为管理员…", editAdmin: "修改权限…", unmakeAdmin: "取消管理员", mute: "禁言", muteHour: "禁言 1 小时", unmute: "解除禁言", remove: "移出并拉黑", unban: "移出黑名单", banned: "已拉黑", muted: "禁言中", addMember: "拉人进来",
    adminTitle: "头衔（可不填）", anonymous: "匿名", save: "保存", editGroup: "修改资料…", about: "简介（可不填）", publicName: "公开名（可不填）", upgrade: "升级成超级群", topicsOn: "开启话题", topicsOff: "关闭话题功能", pin: "置顶", unpin: "取消置顶",
    renamed: (by, title) => `${by} 把名称改成了「${title}」`, topicMade: (by, title) => `${by} 开了话题「${title}」`, topicRenamed: (by, title) => (title ? `${by} 把话题改名为「${title}」` : `${by} 换了话题图标`), topicClosed: (by) => `${by} 关闭了话题`, topicReopened: (by) => `${by} 重新打开了话题`, generalHidden: (by) => `${by} 隐藏了「综合」`, generalShown: (by) => `${by} 显示了「综合」`,
    can_manage_chat: "管理聊天", can_change_info: "改资料", can_delete_messages: "删消息", can_restrict_members: "禁言和移出", can_invite_users: "邀请和审批", can_pin_messages: "置顶消息", can_manage_topics: "管理话题", can_promote_members: "任命管理员", can_post_messages: "发布", can_edit_messages: "改别人的帖",
  },
  en: {
    channel: "channel", subscribers: (n) => (n === 1 ? "1 subscriber" : `${n} subscribers`), allTopics: "All", general: "General", topicsLabel: "Topics", newTopic: "New topic", topicName: "Topic name", closeTopic: "Close topic", reopenTopic: "Reopen topic", renameTopic: "Rename topic", deleteTopic: "Delete topic", hideGeneral: "Hide General", showGeneral: "Show General",
    silentChannel: "Only admins can post in this channel", silentTopic: "This topic is closed", silentMuted: "You are muted here",
    newGroup: "New group or channel", createGroup: "Create", groupTitle: "Title", kindGroup: "Group", kindSupergroup: "Supergroup", kindForum: "Forum (with topics)", kindChannel: "Channel", withBot: "Bring the bot", botAdmin: "Make the bot an admin", everybody: "Bring everybody",
    openLink: "Open an invite link", pasteLink: "Paste https://t.me/+…", inviteLink: "Invite link", makeLink: "Make an invite link", askFirst: "People must ask first", copyLink: "Copy link", openAs: "Who opens this link?", asked: "Asked; an admin decides", nobodyLeft: "Everybody is in already",
    wantsIn: (who) => `${who} wants to join`, approve: "Approve", decline: "Decline", moreAsk: (n) => (n === 1 ? "1 more waits" : `${n} more wait`),
    makeAdmin: "Make admin…", editAdmin: "Change rights…", unmakeAdmin: "Remove as admin", mute: "Mute", muteHour: "Mute for 1 hour", unmute: "Unmute", remove: "Remove and ban", unban: "Lift the ban", banned: "banned", muted: "muted", addMember: "Add a member",
    adminTitle: "Custom title (optional)", anonymous: "Anonymous", save: "Save", editGroup: "Edit…", about: "About (optional)", publicName: "Public name (optional)", upgrade: "Upgrade to supergroup", topicsOn: "Turn topics on", topicsOff: "Turn topics off", pin: "Pin", unpin: "Unpin",
    renamed: (by, title) => `${by} changed the name to “${title}”`, topicMade: (by, title) => `${by} opened the topic “${title}”`, topicRenamed: (by, title) => (title ? `${by} renamed the topic to “${title}”` : `${by} changed the topic's icon`), topicClosed: (by) => `${by} closed the topic`, topicReopened: (by) => `${by} reopened the topic`, generalHidden: (by) => `${by} hid General`, generalShown: (by) => `${by} showed General`,
    can_manage_chat: "Manage the chat", can_change_info: "Change info", can_delete_messages: "Delete messages", can_restrict_members: "Mute and ban", can_invite_users: "Invite and approve", can_pin_messages: "Pin messages", can_manage_topics: "Manage topics", can_promote_members: "Appoint admins", can_post_messages: "Post", can_edit_messages: "Edit others' posts",
  },
};
