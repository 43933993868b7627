"""What went wrong, said as an official would say it in Chinese; English comes with the error itself."""

from __future__ import annotations

from rentalwatch.cli.words import Words
from rentalwatch.errors import RentalwatchError

CHINESE: dict[str, tuple[str, str]] = {
    "RW-LEDGER-NEWER": (
        "本机版本较旧，无法打开该账本（格式 {stated}，最高支持 {known}）。",
        "请升级后再试；数据未作任何改动。",
    ),
    "RW-NO-LEDGER": ("{folder}/ 中没有账本。", "导入文件时自动建立；或用 --data 指定其他文件夹。"),
    "RW-NO-FILE": ("找不到文件 {path}。", "请核对路径。"),
    "RW-NO-DWELLING": ("查无此户。", "用 rentalwatch list 查看在册住户。"),
    "RW-AMBIGUOUS-DWELLING": ("有多户同名。", "请改用编号。"),
    "RW-NO-SUBJECT": ("查无此项。", "请先登记，或核对名称。"),
    "RW-AMBIGUOUS-SUBJECT": ("有多项同名。", "请改用编号。"),
    "RW-UNKNOWN-SUBJECT": ("所涉小区、案件等尚未登记。", "请先登记。"),
    "RW-UNKNOWN-REFERENCE": ("所引用的对象未在册。", "请先登记，或更正名称。"),
    "RW-CHANNELS": ("渠道文件有误。", "更正后用 rentalwatch delivery channels check 再次检查。"),
    "RW-CHANNEL-SECRET": (
        "渠道 {channel} 的密钥有误或未设置（环境变量 {variable}）。",
        "请设置该环境变量；密钥不写入文件。",
    ),
    "RW-NO-CHANNEL": ("没有渠道 {channel}。", "用 rentalwatch delivery channels list 查看。"),
    "RW-NO-MESSAGE": ("没有与 {message} 相关的消息。", "用 rentalwatch delivery list 查看。"),
    "RW-NOT-DELIVERED": ("渠道 {channel} 未接收消息：{why}。", "各结果的含义见 docs/delivery.md。"),
    "RW-DELIVERY-NEWER": (
        "本机版本较旧，无法打开消息库（格式 {stated}，最高支持 {known}）。",
        "请升级后再试；数据未作任何改动。",
    ),
    "RW-DATE": ("日期有误。", "请写作 2026-03-24 或 2026-03-24T18:30。"),
    "RW-OPTIONS": ("命令参数有误。", "加 --help 查看用法。"),
    "RW-FIGURE": ("没有这项指标。", "加 --help 查看可列出的指标。"),
    "RW-NO-MAPPING": ("没有这个映射。", "用 rentalwatch source list 查看现有映射，或指定 YAML 文件。"),
    "RW-MAPPING": ("映射文件有误。", "更正后用 rentalwatch source check 再次检查。"),
    "RW-NO-RULEBOOK": ("没有这套规则。", "用 rentalwatch rulebook show 查看现有规则，或指定 YAML 文件。"),
    "RW-RULEBOOK": ("规则文件有误。", "更正后用 rentalwatch rulebook check 再次检查。"),
    "RW-COLUMN-MISSING": ("文件缺少映射所需的列。", "请核对文件与映射。"),
    "RW-SNAPSHOT-AT": ("未说明快照的日期。", "请加 --snapshot-at 2026-08-22。"),
    "RW-SNAPSHOT-BEFORE": ("账本中没有变更之前的快照。", "未写入任何数据；请先导入首份快照。"),
    "RW-SNAPSHOT-MISSING": (
        "快照缺行过多：原有 {known} 行，现有 {present} 行，缺 {missing} 行。",
        "未写入任何数据；如确已撤除，请加 --confirm-missing。",
    ),
    "RW-FILE-EMPTY": ("文件没有内容。", "未写入任何数据；请重新取得文件。"),
    "RW-FILE-TRUNCATED": ("文件不完整。", "未写入任何数据；请重新取得文件。"),
    "RW-FILE-LINE": ("文件含有异常长行。", "未写入任何数据；请核对文件。"),
    "RW-FILE-KIND": ("不支持这种文件。", "请用表格软件打开，另存为 .xlsx 后导入。"),
    "RW-SHEET-DAMAGED": ("表格文件不完整或已损坏。", "未写入任何数据；请用表格软件打开后另存，再导入。"),
    "RW-SHEET-SIZE": ("表格文件过大或压缩异常，未予读取。", "请拆分，或另存为 CSV（UTF-8）后导入。"),
    "RW-SHEET-PASSWORD": ("表格文件设有密码。", "请取消密码后另存，再导入。"),
    "RW-SHEET-MACROS": ("表格文件含有宏（.xlsm）。", "请另存为 .xlsx 后导入。"),
    "RW-SHEET-NAME": ("没有这张工作表。", "请用 --sheet 指定其中一张。"),
    "RW-SHEET-PROCESS": ("无法启动读取表格的进程。", "请释放内存后再次运行同一命令。"),
    "RW-OUTPUT": ("无法写入该文件，或文件已存在。", "请换一个文件名；如需覆盖，请加 --force。"),
    "RW-FILE-ENCODING": ("无法识别文件编码。", "请另存为 UTF-8 后导入。"),
    "RW-FILE-QUOTES": ("文件中引号不配对。", "未写入任何数据；请核对所示行。"),
    "RW-FILE-HEADER": ("表头有重复列名。", "请更正表头。"),
    "RW-NO-BATCH": ("没有这个导入批次。", "用 rentalwatch imports 查看。"),
    "RW-BATCH-RETRACTED": ("该批次此前已撤销。", "如需恢复，请再次导入该文件。"),
    "RW-UNKNOWN-DWELLING": ("该户尚未建档。", "请先建档。"),
    "RW-REGISTERED-ALREADY": ("该户已建档。", "如需更改，请更正建档记录。"),
    "RW-NOTICE-NUMBER-USED": ("该文书编号在本档中已使用。", "请核对文书；如需更改，请更正原记录。"),
    "RW-RECORD-ID-USED": ("该记录编号已用于其他内容。", "请换用新编号；如需更改，请作更正。"),
    "RW-NO-RECORD": ("本档中没有这条记录。", "用 rentalwatch file --format json 查看记录编号。"),
    "RW-FIELD": ("记录的字段有误。", "请更正所示字段。"),
    "RW-FIELD-UNKNOWN": ("记录没有这个字段。", "请核对字段名。"),
    "RW-OFFICER": ("不是执法人员编号。", "请填写编号，不要填写姓名。"),
    "RW-KIND": ("没有这类记录。", "请核对记录类别。"),
    "RW-UNKNOWN-ALERT": ("查无此预警。", "用 rentalwatch alerts list --status all 查看全部预警及其编号。"),
    "RW-ALERT-NUMBER": (
        "预警编号过短，或与多条预警相符。",
        "请多写几位；用 rentalwatch alerts list 查看编号。",
    ),
    "RW-DATE-RANGE": ("日期超出合理范围。", "请核对日期。"),
    "RW-DISK-FULL": (
        "磁盘已满，本步未写入任何数据。",
        "请腾出空间后再次运行同一命令；已确认的数据均已保存。",
    ),
    "RW-BUSY": ("另有程序正在写入账本。", "请稍后再试。"),
    "RW-FOLDER": ("无法使用该文件夹。", "请用 --data 指定可写入的文件夹。"),
    "RW-EXTRA": ("缺少所需组件。", "请按所示命令安装。"),
    "RW-CONNECTION": (
        "无法连接数据库；本步未写入任何数据。",
        "请核对数据库是否运行、连接串是否正确，再运行同一命令。",
    ),
    "RW-COMMIT-UNKNOWN": ("提交途中数据库中断，是否已写入尚不可知。", "请稍后再运行同一命令：只会保存一次。"),
    "RW-NOT-MIGRATED": ("数据库中没有账本。", "请运行 rentalwatch migrate，或指定其他数据库。"),
    "RW-MOVED": ("该账本已迁入数据库。", "请将 RENTALWATCH_DATA 设为该数据库；原文件夹保持不变。"),
    "RW-NOT-EMPTY": ("数据库中已有另一账本。", "请指定空数据库；未作任何改动。"),
    "RW-KAFKA-UNREACHABLE": ("没有 Kafka 节点应答。", "请核对 RENTALWATCH_KAFKA 及节点是否运行。"),
    "RW-TOPIC-MISSING": (
        "集群中没有该主题。",
        "请运行 rentalwatch topics apply；若此前存在，请运行 rentalwatch relay recover。",
    ),
    "RW-TOPIC-FORGETS": ("主题的设置会删除应永久保留的记录。", "请运行 rentalwatch topics apply，再核验。"),
    "RW-TOPIC-PARTITIONS": ("主题的分区数不符，且不可更改。", "请另起 RENTALWATCH_TOPICS，或重建主题。"),
    "RW-RELAY-TAIL-LOST": ("账本缺少已发布的末尾部分。", "请停止写入，运行 rentalwatch relay recover。"),
    "RW-RELAY-DIVERGED": ("账本与主题各有不同的末尾。", "请停止写入，运行 rentalwatch relay recover。"),
    "RW-RELAY-EPOCH": (
        "该账本是旧副本，或恢复尚未完成。",
        "请使用正确的账本，或运行 rentalwatch relay recover。",
    ),
    "RW-RELAY-TOPIC": ("主题曾被删除重建，或丢失了事件。", "请运行 rentalwatch relay recover。"),
    "RW-RELAY-NO-PROGRESS": ("主题中的事件多于发布进度所示。", "请运行 rentalwatch relay recover。"),
    "RW-RELAY-RUNNING": ("仍有发布进程在运行。", "请先停止全部发布进程。"),
    "RW-FOLD-NEWER": ("读模型由更新的版本生成。", "请在此处升级；未作任何改动。"),
    "RW-FOLD-OLDER": ("读模型由较旧的版本生成。", "请运行 rentalwatch rebuild。"),
    "RW-SIGNALS-NEWER": ("预警数据由更新的版本写入。", "请在此处升级；未作任何改动。"),
    "RW-PORT-TAKEN": ("端口已被占用。", "请结束占用的程序，或改用其他端口。"),
    "RW-NO-CLUSTER": ("该文件夹中没有集群。", "用 rentalwatch dev up 建立；或用 --folder 指定其他文件夹。"),
    "RW-CLUSTER-RUNNING": (
        "该文件夹中的集群已在运行。",
        "用 rentalwatch dev status 查看，用 rentalwatch dev down 停止。",
    ),
    "RW-DOWNLOAD": ("无法取得 Kafka 的文件。", "请检查网络，或按文档手工放置。"),
    "RW-EVENT-NEWER": ("账本含有本版本不认识的事件。", "请升级后再试；数据未作任何改动。"),
    "RW-EVENT-DAMAGED": ("账本中有事件损坏。", "请运行 rentalwatch verify，并从备份恢复。"),
}
"""Code → what is wrong, what to do."""


def said(error: RentalwatchError, words: Words) -> str:
    """The error as it is shown: what, its code, what to do; in Chinese with the particulars below."""
    if words.lang != "zh" or error.code not in CHINESE:
        return f"rentalwatch: {error.what}  [{error.code}]" + (f"\n{error.todo}" if error.todo else "")
    what, todo = CHINESE[error.code]
    complete = "{" in what
    shown = what.format(**error.facts) if complete else what
    particulars = "" if complete else f"\n（{error.what}）"
    return f"rentalwatch：{shown}  [{error.code}]\n{todo}{particulars}"
