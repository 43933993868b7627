"""Every sentence that the command line says, in English and in Chinese, in one place."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # the board
    "as_of": ("as of {day}, {known}", "截至 {day}，{known}"),
    "known_now": ("known now", "按现时所知"),
    "known_at": ("known at {at}", "按 {at} 时所知"),
    "known_at_source": ("known to the source at {at}", "按来源 {at} 时所知"),
    "all_areas": ("all areas", "全部区域"),
    "zero_omission": ("zero omission", "存量零遗漏"),
    "zero_growth": ("zero growth", "新增零增长"),
    "zero_relapse": ("zero relapse", "已整治零返潮"),
    "na": ("n/a", "无应计对象"),
    "omitted": ("homes omitted", "户遗漏"),
    "cause_a": ("a lead not inspected", "a 线索逾期未查"),
    "cause_b1": ("b1 no notice in time", "b1 逾期未责令"),
    "cause_b2": ("b2 deadline passed", "b2 逾期未改"),
    "cause_b3": ("b3 claim unchecked", "b3 申报未复查"),
    "unreached": ("of them unreached", "其中未能入户"),
    "coverage": ("{handled} of {due} leads' homes looked at", "线索应查 {due} 户，已查 {handled} 户"),
    "first_found": ("homes first found from {begin} to {end}", "户首次认定（{begin} 至 {end}）"),
    "net": ("net {net}", "净增 {net}"),
    "relapses": ("homes relapsed from {begin} to {end}", "户返潮（{begin} 至 {end}）"),
    "never_verified": ("nothing was ever verified", "从无复查合格"),
    "verified": ("{n} homes verified", "复查合格 {n} 户"),
    "claims": ("{n} claims not verified, {refuted} refuted", "申报未核实 {n} 次，其中假整改 {refuted} 次"),
    "revisits": ("revisits {made} of {due} on time", "回头看应 {due} 次，按时 {made} 次"),
    "parked": ("{n} files are parked and not counted in full", "{n} 份档案搁置，计数不全"),
    "proxy": ("counts buildings, not homes (proxy)", "按楼栋计，非按户计（替代口径）"),
    "look_closer": ("Look closer", "进一步查看"),
    "hint_list": ("the homes behind a figure", "数字背后的住户"),
    "hint_file": ("one home's file", "一户一档"),
    "hint_day": ("the same board, another day", "另一日的同一看板"),
    "ledger_line": (
        "rentalwatch {version} · ledger at {folder} · {events} events · {homes} homes",
        "rentalwatch {version} · 账本 {folder} · {events} 条事件 · {homes} 户",
    ),
    "ledger_line_one": (
        "rentalwatch {version} · ledger at {folder} · {events} events · 1 home",
        "rentalwatch {version} · 账本 {folder} · {events} 条事件 · 1 户",
    ),
    "empty_area": ("No home is known there then.", "该区域当时无在册住户。"),
    "empty_ledger": ("The ledger holds no homes yet.", "账本中尚无住户。"),
    "rows_total": ("{n} rows", "共 {n} 行"),
    "row_total": ("1 row", "共 1 行"),
    # tables
    "home": ("home", "住户"),
    "area": ("area", "区域"),
    "state": ("state", "状态"),
    "round": ("round", "轮次"),
    "findings": ("open findings", "未结认定"),
    "since": ("since", "起于"),
    "due": ("due", "期限"),
    "overdue_days": ("days over", "逾期天数"),
    "clock": ("clock", "时限"),
    "about": ("about", "事项"),
    "claimed_on": ("claimed on", "申报日"),
    "change": ("change", "增减"),
    "number": ("no.", "序号"),
    # states
    "known": ("known", "在册"),
    "suspected": ("suspected", "疑似"),
    "cleared": ("cleared", "排除"),
    "confirmed": ("confirmed", "已认定"),
    "noticed": ("noticed", "已责令"),
    "claimed": ("claimed", "已申报整改"),
    "verified_state": ("verified, under watch", "复查合格，回头看"),
    "released": ("released", "已解除回头看"),
    "gone": ("gone", "灭失"),
    "unreached_state": ("unreached", "未能入户"),
    "original": ("original", "首发"),
    "relapse": ("relapse", "返潮"),
    "implied": ("implied", "推定"),
    # clocks
    "on_site": ("on site", "到场核查"),
    "notice": ("notice", "责令"),
    "deadline": ("deadline", "限期整改"),
    "verification": ("verification", "复查"),
    "revisit": ("revisit", "回头看"),
    # the file
    "round_line": ("round {n} ({opening}), open since {day}", "第 {n} 轮（{opening}），{day} 起未结"),
    "no_round": ("no open round; {state}", "无未结轮次；{state}"),
    "refuted_times": ("claim refuted {n} ×", "假整改 {n} 次"),
    "open_findings": ("{n} open", "未结认定 {n} 项"),
    "one_finding": ("{n} finding", "{n} 项"),
    "many_findings": ("{n} findings", "{n} 项"),
    "deadline_passed": ("deadline {day} passed {days} days ago", "限期 {day}，已逾 {days} 天"),
    "deadline_ahead": ("deadline {day}, {days} days left", "限期 {day}，尚余 {days} 天"),
    "claim_waits": ("a claim waits to be checked since {day}", "申报自 {day} 起待复查"),
    "later_events": (
        "Not yet happened then: {n} (--as-of {day} shows the next).",
        "当时尚未发生：{n} 条（--as-of {day} 可见下一条）。",
    ),
    "known_later": (
        "Known later than then: {n} of {all} (recorded {recorded}).",
        "当日之后方知：{all} 条中 {n} 条（{recorded} 入账）。",
    ),
    "known_later_all": (
        "Known later than then: all {all} (recorded {recorded}).",
        "当日之后方知：全部 {all} 条（{recorded} 入账）。",
    ),
    "irregular": ("Out of the lawful order: {n}.", "程序异常：{n} 处。"),
    "nothing_known": ("Nothing was known of this home then.", "当时对该户一无所知。"),
    "source_prefix": ("recorded {day}", "{day} 入账"),
    "first_seen": ("* the day is when the source first showed it", "* 日期为来源首次显示之日"),
    "opening": ("opening", "开轮"),
    "known_rows": ("known", "已有"),
    # kinds of facts
    "k_registration": ("registered", "建档"),
    "k_particulars": ("particulars corrected", "更正信息"),
    "k_deregistration": ("deregistered", "灭失"),
    "k_lead": ("lead", "线索"),
    "k_dispatch": ("dispatched", "派单"),
    "k_patrol": ("patrol: {seen}", "巡查：{seen}"),
    "k_visit": ("did not get in ({reason})", "上门未入（{reason}）"),
    "k_assistance": ("assistance requested", "请求协助"),
    "k_inspection": ("inspection, {access}", "检查（{access}）"),
    "k_confirmation": ("confirmed: {n} ({grounds})", "认定 {n}（{grounds}）"),
    "k_found": ("inspection, {n} ({grounds})", "检查，认定 {n}（{grounds}）"),
    "k_annulment": ("confirmation annulled", "撤销认定"),
    "k_notice": ("notice for {n}, deadline {day}", "责令改正 {n}，限期 {day}"),
    "k_notice_open": ("notice for {n}", "责令改正 {n}"),
    "k_extension": ("extension to {day} for {n}", "延期至 {day}（{n}）"),
    "k_refusal": ("extension refused for {n}", "不予延期（{n}）"),
    "k_claim": ("owner claims {n} rectified", "申报整改 {n}"),
    "k_rejection": ("not rectified: {n} ({reason})", "复查不合格 {n}（{reason}）"),
    "k_verification": ("verified: {n}", "复查合格 {n}"),
    "k_release": ("released from the watch", "解除回头看"),
    "k_note": ("noted: {code}", "备注：{code}"),
    "k_retraction": ("retraction of an earlier record", "撤销先前记录"),
    "fate_refuted": ("✗ refuted {day}", "✗ {day} 查为假整改"),
    "fate_pending": ("? unchecked", "? 未复查"),
    "fate_rejected": ("✗ rejected", "✗ 复查不合格"),
    "fate_verified": ("✓ verified", "✓ 复查合格"),
    "fate_replaced": ("claimed again later", "其后再次申报"),
    "fate_idle": ("nothing of it was open", "所报事项当时并未认定"),
    "full": ("full access", "全部入户"),
    "partial": ("partial access", "部分入户"),
    # codes that sources and people use
    "code_not_complied": ("not complied", "未改正"),
    "code_invalid_certification": ("invalid certification", "申报无效"),
    "code_defect_letter": ("defect letter", "申报有误，已发函"),
    "code_will_be_reinspected": ("will be re-inspected", "待复查"),
    "code_reopened": ("reopened", "重新列为未结"),
    "code_open": ("open", "未结"),
    "code_nobody": ("nobody in", "无人"),
    "code_refused": ("refused", "拒绝"),
    "code_locked": ("locked", "锁门"),
    "code_unknown": ("no reason given", "原因不明"),
    "code_suspicious": ("suspicious", "外观疑似"),
    "code_nothing": ("nothing seen", "未见异常"),
    "code_unclear": ("unclear", "无法判断"),
    # importing
    "reading": ("Reading {name}", "读取 {name}"),
    "folding": ("Judging the files", "研判档案"),
    "moving": ("Moving the ledger", "迁移账本"),
    "moved": (
        "{n} events moved. {folder} refuses commands from now on; set RENTALWATCH_DATA to the database.",
        "已迁移 {n} 条事件。{folder} 不再接受命令；请将 RENTALWATCH_DATA 设为该数据库。",
    ),
    "migrated": ("The database is ready.", "数据库已就绪。"),
    "migrated_before": ("The database was ready before.", "数据库此前已就绪。"),
    "behind": (
        "The read models are {n} events behind, the first since {seconds} s: figures may lack them.",
        "读模型落后 {n} 条事件，最早一条已 {seconds} 秒：数字可能未计入。",
    ),
    "no_worker": (
        "Recorded. {n} events are not judged yet and nothing moves: is a worker running? (rentalwatch worker projector)",
        "已记录。尚有 {n} 条事件未研判且无进展：工作进程是否在运行？（rentalwatch worker projector）",
    ),
    "taken": (
        "{rows} rows taken → {events} events added, {known} statements known already.",
        "读入 {rows} 行 → 新增 {events} 条事件，{known} 条已有。",
    ),
    "refused": ("{n} rows refused, nothing of them stored:", "{n} 行未予采纳，其内容均未入账："),
    "row": ("row {n}", "第 {n} 行"),
    "more_refused": ("… and {n} more", "……另有 {n} 行"),
    "report": (
        "Report: {path} (the rows as they were, and why). Correct them and import that file.",
        "报告：{path}（原行及原因）。更正后再导入该文件即可。",
    ),
    "dry_run": ("Trial run: nothing was stored.", "试运行：未写入任何内容。"),
    "interrupted": (
        "Interrupted. {rows} of {all} rows are stored; run the same command again for the rest.",
        "已中断。{all} 行中 {rows} 行已入账；再次运行同一命令即可续完。",
    ),
    "stopped": (
        "Interrupted. What was committed is kept; run the same command again to go on.",
        "已中断。已提交的数据均已保存；再次运行同一命令即可继续。",
    ),
    "too_many": (
        "Stopped after {n} refused rows (--max-errors). {rows} of {all} rows were read; what was taken is stored.",
        "已有 {n} 行未予采纳，按 --max-errors 停止。{all} 行中已读 {rows} 行，已采纳的均已入账。",
    ),
    "once": ("{name} was imported before, on {day}; nothing to do.", "{name} 已于 {day} 导入，无需重复。"),
    "encoding": ("Read as {encoding}.", "按 {encoding} 编码读取。"),
    "retracted": (
        "Import {batch} undone: {n} compensating events. Importing the file again brings its facts back.",
        "已撤销导入 {batch}：补偿事件 {n} 条。再次导入该文件即可恢复。",
    ),
    "open_state": ("open", "进行中"),
    "done_state": ("done", "完成"),
    "stopped_state": ("stopped", "已停止"),
    "retracted_state": ("retracted", "已撤销"),
    "no_imports": ("No imports yet.", "尚无导入。"),
    "batch": ("import", "批次"),
    "file": ("file", "文件"),
    "started": ("begun", "开始"),
    "rows": ("rows", "行数"),
    "events": ("events", "事件"),
    "rejected": ("refused", "未采纳"),
    # recording
    "recorded": ("Recorded as {record} ({kind}, {home}).", "已入账，编号 {record}（{kind}，{home}）。"),
    "recorded_before": (
        "Recorded before as {record}, on {at}; nothing was added.",
        "此前已入账，编号 {record}，时间 {at}；未重复写入。",
    ),
    # maintenance
    "rebuilt": ("Read models built anew from {n} events.", "已由 {n} 条事件重建读模型。"),
    "verify_ok": (
        "All well: {events} events in {streams} files; read models equal a fresh rebuild.",
        "核验无误：{streams} 份档案，{events} 条事件；读模型与重建结果一致。",
    ),
    "verify_bad": ("{n} problems:", "发现 {n} 处问题："),
    "replayed": ("{done} of {files} files are judged again.", "{files} 份搁置档案中 {done} 份已重新研判。"),
    "nothing_parked": ("No file is parked.", "无搁置档案。"),
    "nothing_overdue": ("Nothing is overdue.", "无逾期事项。"),
    "nothing_listed": ("No home fits.", "无符合条件的住户。"),
    "mapping_ok": ("{name}: {n} kinds of record from {columns} columns. No complaints.", "{name}：{columns} 列，{n} 类记录。无问题。"),
    "shown_of": ("{shown} of {all} shown; --limit 0 shows all.", "显示 {all} 行中的 {shown} 行；--limit 0 显示全部。"),
    "next_file": ("rentalwatch file \"{label}\" shows one of them whole.", "rentalwatch file \"{label}\" 可查看其中一户全档。"),
}  # fmt: skip


class Words:
    """The sentences of one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.side = 1 if lang == "zh" else 0

    def __call__(self, key: str, **values: object) -> str:
        return WORDS[key][self.side].format(**values)

    def state(self, state: str) -> str:
        """A shown state, where some of them share a word with something else."""
        return self(f"{state}_state" if state in ("verified", "unreached") else state)

    def code(self, code: str) -> str:
        """A code in words; one that is not known here as it is."""
        return self(f"code_{code}") if f"code_{code}" in WORDS else code.replace("_", " ")

    def findings(self, n: int) -> str:
        """A number of findings."""
        return self("one_finding" if n == 1 else "many_findings", n=n)
