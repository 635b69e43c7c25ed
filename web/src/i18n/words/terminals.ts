// Words for cabinets, cells and doors: the API's codes as people read them, [Chinese, English].

import type { Pairs } from "../pairs";

export default {
  trouble: {
    no_answer: ["没有回应，会再查询", "no answer: asked again"],
    bad_answer: ["回应不可信，会再查询", "an answer that cannot be trusted: asked again"],
    unheard: ["查不到这个单号", "it does not know the number"],
    never_came: ["从未收到请求", "it never came there"],
    not_come: ["还没收到请求", "it has not come there yet"],
    payee: ["揽件员已解绑收款账号", "the courier has unlinked the account"],
    payee_name: ["缺少揽件员实名", "the courier's real name is missing"],
    not_set_up: ["本站未接入该钱包", "the wallet is not set up here"],
    NOT_ENOUGH: ["商户余额不足", "our balance is too low"],
    BALANCE_IS_NOT_ENOUGH: ["商户余额不足", "our balance is too low"],
    NAME_NOT_CORRECT: ["姓名与微信实名不符", "the name is not the account's"],
    PAYEE_USER_INFO_ERROR: ["姓名与支付宝实名不符", "the name is not the account's"],
    PAYEE_NOT_EXIST: ["收款账号不存在", "there is no such account"],
    OVERDUE_CLOSE: ["超时未确认", "not confirmed in time"],
    MERCHANT_REJECT: ["揽件员拒收", "declined by the courier"],
  },
  cell: {
    free: ["空闲", "free"],
    held: ["占用中", "held"],
    occupied: ["有件", "occupied"],
    out_of_service: ["停用", "out of service"],
  },
  door: { open: ["开", "open"], closed: ["关", "closed"], unknown: ["未知", "unknown"] },
  doorEvent: {
    asked: ["请求开门", "asked"], sent: ["已发指令", "sent"], pulsed: ["锁已动作", "pulsed"],
    sensed_open: ["感应到开", "sensed open"], sensed_closed: ["感应到关", "sensed closed"],
    jammed: ["没有打开", "jammed"], left_open: ["没有关", "left open"],
    tampered: ["无指令打开", "opened without a command"], refused: ["未执行", "refused"],
    uncertain: ["是否执行不明", "uncertain"], changed_during_outage: ["离线期间变化", "changed during outage"],
    unreachable: ["锁板不应答", "board silent"], reachable: ["锁板恢复应答", "board answers again"],
  },
  source: {
    command: ["服务器指令或离线码", "command"], line: ["发出的帧", "frame sent"], reply: ["锁板回复", "board's reply"],
    poll: ["轮询", "poll"], report: ["锁板主动上报", "board's report"], time: ["超时", "time"], disk: ["重启后的磁盘记录", "disk"],
  },
  purpose: {
    deposit: ["存件", "deposit"], collect: ["取件", "pickup"], refuse: ["放回", "refused parcel"],
    take_back: ["取回", "take-back"], staff: ["员工", "staff"], test: ["测试", "test"],
  },
  testFailed: {
    jammed: ["门没有打开", "the door did not open"], not_opened: ["没有感应到打开", "not sensed open"],
    not_closed: ["没有按时关门", "not closed in time"], unheard: ["柜机没有回应", "the terminal did not answer"],
    offline: ["柜机离线", "the terminal is offline"], uncertain: ["柜机重启", "the agent restarted"],
    disk: ["柜机磁盘不可写", "the terminal's disk refuses"], late: ["指令到得太晚", "the command came too late"],
    busy: ["这一格正在开门", "the door is being opened already"], unreachable: ["锁板没有应答", "the board does not answer"],
    out_of_service: ["柜机配置里已停用", "disabled in the terminal's configuration"], unknown_cell: ["柜机没有这一格", "the terminal has no such cell"],
    no_clock: ["柜机时间不可信", "the terminal's clock cannot be trusted"], starting: ["柜机正在启动", "the terminal is starting"],
    fault: ["柜机程序出错", "the terminal's program failed"], cell_lost: ["格口已不属于这个订单", "the cell is no longer this order's"],
  },
} satisfies Pairs;
