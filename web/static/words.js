// The words that people read for the API's codes: Chinese first, English second.

export const CUSTODY = {
  placed: ["待存件", "waiting for its deposit"],
  depositing: ["存件中", "being deposited"],
  deposited: ["已存入", "in the locker"],
  open: ["待接单", "on offer"],
  claimed: ["已接单", "claimed"],
  collecting: ["取件中", "being collected"],
  collected: ["已取件", "collected"],
  in_review: ["审核中", "in review"],
  done: ["已完成", "done"],
  cancelled: ["已取消", "cancelled"],
  returning: ["待取回", "to be taken back"],
  returned: ["已取回", "taken back"],
};

export const CHARGE = {
  unpaid: ["未支付", "unpaid"],
  paid: ["已支付", "paid"],
  refunding: ["退款中", "refund under way"],
  refunded: ["已退款", "refunded"],
};

export const PAYOUT = {
  none: ["", ""],
  earned: ["已入账", "earned"],
  payable: ["可提现", "payable"],
  paying: ["打款中", "being paid"],
  awaiting_confirmation: ["待您确认收款", "confirm it on your phone"],
  paid_out: ["已到账", "paid out"],
  set_off: ["抵扣此前多付的款项", "kept for what came before"],
  failed: ["打款失败，会重新打款", "failed; it is tried again"],
  cancelled: ["已撤回，会重新打款", "taken back; it is tried again"],
  held: ["暂停打款，请联系客服", "held; please ask us"],
};

export const STAFF_PAYOUT = {
  payable: ["待打款", "payable"],
  held: ["已暂停", "held"],
  asked: ["已请求", "asked for"],
  awaiting_confirmation: ["待揽件员确认", "waits for the courier"],
  sending: ["到账中", "being sent"],
  canceling: ["撤回中", "being taken back"],
  done: ["已到账", "paid"],
  failed: ["失败", "failed"],
  cancelled: ["已撤回或过期", "taken back, or never confirmed"],
  paid_late: ["后来到账", "paid after all"],
  set_off: ["已抵扣", "set off"],
};

export const WAITS = {
  payee: ["请先绑定收款的微信或支付宝", "link the WeChat or Alipay account it should go to"],
  name: ["微信单笔 2000 元起需核对实名：请先提交认证，或改用支付宝收款", "from 2,000 yuan on WeChat compares your name: hand in your papers, or be paid by Alipay"],
  day_cap: ["已达当日上限，次日发放", "the limit of a day: tomorrow"],
  after_failure: ["上次未成功，稍后重试", "the last try failed: again later"],
  staff: ["客服暂停", "held by staff"],
  tries: ["多次未成功，等员工处理", "failed too often: staff look"],
  owes: ["此前多付，暂缓发放", "one before came twice: held"],
};

export const AFTERWARDS = {
  hold: ["撤回后暂停", "held once it is back"],
  reissue: ["撤回后重新打款", "issued anew once it is back"],
  set_off: ["将从以后的报酬扣", "kept from the pay that comes next"],
};

export const TROUBLE = {
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
};

export const REFUND = {
  asked: ["退款中", "asked for"],
  stuck: ["未能退回", "stuck"],
  done: ["已退回", "given back"],
  by_hand: ["已线下处理", "settled by hand"],
};

export const REFUND_REASON = {
  parcel_not_sent: ["未寄出", "not sent"],
  paid_twice: ["重复付款", "paid twice"],
  damaged: ["破损", "damaged"],
  lost: ["丢失", "lost"],
  late: ["延误", "late"],
  overcharged: ["多收", "overcharged"],
  goodwill: ["关怀", "goodwill"],
  other: ["其他", "other"],
};

export const STEP = {
  placed: ["下单", "waybill filled in"],
  cell_held: ["占用格口", "cell held"],
  cell_changed: ["换了格口", "another cell"],
  deposit_abandoned: ["存件未完成", "deposit given up"],
  deposited: ["确认已放入", "parcel confirmed inside"],
  opened: ["开始派单", "offered to couriers"],
  ring_widened: ["扩大派单范围", "offered further away"],
  claimed: ["揽件员接单", "claimed by a courier"],
  assigned: ["客服派单", "given to a courier by staff"],
  unassigned: ["客服收回", "taken from its courier by staff"],
  handed_back: ["揽件员退单", "handed back"],
  claim_expired: ["超时未取，重新派单", "not collected in time"],
  carrier_bound: ["绑定运单号", "carrier waybill bound"],
  opened_offline: ["凭离线码开门", "opened with the offline code"],
  grant_wanted: ["等待柜机确认离线码", "waiting for the terminal to give the offline code up"],
  grant_withdrawn: ["离线码已收回", "offline code withdrawn"],
  grant_expired: ["离线码已过期", "offline code expired"],
  grant_spent: ["离线码已用，等待柜机上报", "offline code used; the terminal will tell"],
  grant_forgotten: ["柜机换过存储，不知离线码是否用过；等员工查看", "the terminal's disk is newer than the offline code: staff have to look"],
  grant_used: ["离线码已用", "offline code used up"],
  grant_released: ["员工解除离线码", "offline code released by staff"],
  opened_after_release: ["解除后的离线码仍开了门", "opened with a released offline code"],
  collected: ["揽件员取走", "collected"],
  refused_by_courier: ["验视未通过", "refused at inspection"],
  uploaded: ["面单已上传", "finished waybill uploaded"],
  approved_first: ["一审通过，等待第二人", "approved once; a second person has to"],
  approval_withdrawn: ["撤回一审", "first approval withdrawn"],
  approved: ["审核通过", "approved"],
  rejected: ["审核退回", "sent back by review"],
  cancelled: ["取消", "cancelled"],
  take_back: ["申请取回", "take-back asked for"],
  no_taker: ["无人接单，请取回", "nobody took it"],
  returned: ["已取回", "taken back"],
  paid: ["支付成功", "paid"],
  refunding: ["发起退款", "refund asked for"],
  refunded: ["退款成功", "refunded"],
  invoice_requested: ["申请发票", "invoice asked for"],
  invoice_issued: ["发票已开具", "invoice issued"],
  invoice_refused: ["发票申请被退回", "invoice refused"],
  paid_twice: ["重复付款，多付的退回", "paid twice: the second goes back"],
  part_refund_asked: ["发起部分退款", "refund of a part asked for"],
  part_refunded: ["部分退款成功", "a part refunded"],
  second_payment_refunded: ["多付款项已退回", "the second payment given back"],
  refund_stuck: ["退款未能退回，等员工处理", "refund stuck: staff look"],
  refunded_by_wallet_too: ["线下退款后钱包又退回", "given back by hand and by the wallet"],
  payout_without_payee: ["等待绑定收款账号", "waiting for an account to pay to"],
  payout_without_name: ["等待实名认证", "waiting for the courier's real name"],
  payout_tries_used: ["多次打款失败，暂停", "pay failed too often: held"],
  payout_denied: ["按已付处理，实际未到账", "said to be paid, and was not"],
  payout_paid_late: ["打款后来到账", "paid after all"],
  payout_held_for_debt: ["此前多付，暂缓打款", "held: one before came twice"],
  payout_set_off: ["部分抵扣此前多付", "a part set off"],
  earned: ["报酬入账", "pay earned"],
  payable: ["报酬可提现", "pay available"],
  paying: ["报酬打款中", "pay on its way"],
  awaiting_confirmation: ["报酬待确认收款", "pay to be confirmed"],
  paid_out: ["报酬到账", "pay received"],
  door_asked: ["请求开门", "door asked to open"],
  door_sensed_open: ["门已打开", "door open"],
  door_sensed_closed: ["门已关好", "door closed"],
  door_failed: ["门没有打开", "door did not open"],
  door_left_open: ["门没有关", "door left open"],
  door_left_open_collecting: ["门没有关", "door left open"],
  door_left_open_long: ["门长时间未关", "door open for long"],
  staff_opened_door: ["员工开门", "door opened by staff"],
  deposit_seems_empty: ["格口似乎为空，请用户再确认", "the cell seemed empty, asked once more"],
  deposit_unconfirmed: ["存件待确认", "deposit to be confirmed"],
  reminded_unpaid: ["提醒支付", "reminded to pay"],
  refusal_asked: ["揽件员拒收", "refused at inspection, going back in"],
  pickup_concludes: ["取件时间结束", "the pickup's time is over"],
  pickup_unfinished: ["取件待核实", "pickup to be looked into"],
  offer_renewed: ["重新派单", "offered anew"],
  staff_told: ["已通知员工", "staff told"],
};

export const SIZE = { S: ["小", "small"], M: ["中", "medium"], L: ["大", "large"] };

export const ZONE = {
  same_city: ["同城", "same city"],
  same_province: ["省内", "same province"],
  other: ["跨省", "other province"],
};

export const CERTIFICATION = {
  none: ["未认证", "not certified"],
  applied: ["审核中", "being looked at"],
  certified: ["已认证", "certified"],
  rejected: ["未通过", "refused"],
  suspended: ["已停用", "suspended"],
  expired: ["已到期", "run out"],
};

export const REJECTION = {
  photo_unclear: ["证件照片不清晰", "the photo is not clear"],
  name_differs: ["姓名与证件不一致", "the name is not that of the ID card"],
  number_differs: ["身份证号与证件不一致", "the number is not that of the ID card"],
  employer_unconfirmed: ["公司或工号无法核实", "employer or staff number not confirmed"],
  papers_expired: ["证件已过期", "the papers have run out"],
  not_an_id: ["照片不是身份证件", "the photo shows no ID card"],
  other: ["其他（请说明）", "other: say what"],
};

export const SEND_BACK = {
  photo_unclear: ["面单照片不清晰", "the photo is not clear"],
  number_differs: ["照片上的运单号不一致", "the photo shows another number"],
  fields_differ: ["填写内容与面单不一致", "what was typed is not on the waybill"],
  wrong_parcel: ["不是这件包裹的面单", "the waybill is another parcel's"],
  not_posted: ["快递公司没有收寄记录", "the carrier has no record of it"],
  other: ["其他（请说明）", "other: say what"],
};

export const MATCH = {
  match: ["照片条码与绑定的运单号一致", "the photo shows the bound number"],
  mismatch: ["照片条码与绑定的运单号不一致", "the photo shows another number"],
  unreadable: ["照片上没有读到条码，请人工核对", "no barcode could be read: please compare"],
};

export const CELL = {
  free: ["空闲", "free"],
  held: ["占用中", "held"],
  occupied: ["有件", "occupied"],
  out_of_service: ["停用", "out of service"],
};

export const DOOR = { open: ["开", "open"], closed: ["关", "closed"], unknown: ["未知", "unknown"] };

export const DOOR_EVENT = {
  asked: ["请求开门", "asked"], sent: ["已发指令", "sent"], pulsed: ["锁已动作", "pulsed"],
  sensed_open: ["感应到开", "sensed open"], sensed_closed: ["感应到关", "sensed closed"],
  jammed: ["没有打开", "jammed"], left_open: ["没有关", "left open"],
  tampered: ["无指令打开", "opened without a command"], refused: ["未执行", "refused"],
  uncertain: ["是否执行不明", "uncertain"], changed_during_outage: ["离线期间变化", "changed during outage"],
  unreachable: ["锁板不应答", "board silent"], reachable: ["锁板恢复应答", "board answers again"],
};

export const SOURCE = {
  command: ["服务器指令或离线码", "command"], line: ["发出的帧", "frame sent"], reply: ["锁板回复", "board's reply"],
  poll: ["轮询", "poll"], report: ["锁板主动上报", "board's report"], time: ["超时", "time"], disk: ["重启后的磁盘记录", "disk"],
};

export const PURPOSE = {
  deposit: ["存件", "deposit"], collect: ["取件", "pickup"], refuse: ["放回", "refused parcel"],
  take_back: ["取回", "take-back"], staff: ["员工", "staff"], test: ["测试", "test"],
};

export const TEST_FAILED = {
  jammed: ["门没有打开", "the door did not open"], not_opened: ["没有感应到打开", "not sensed open"],
  not_closed: ["没有按时关门", "not closed in time"], unheard: ["柜机没有回应", "the terminal did not answer"],
  offline: ["柜机离线", "the terminal is offline"], uncertain: ["柜机重启", "the agent restarted"],
  disk: ["柜机磁盘不可写", "the terminal's disk refuses"], late: ["指令到得太晚", "the command came too late"],
};

export const ROLE = {
  customer: ["寄件人", "customer"],
  courier: ["揽件员", "courier"],
  operator: ["运营", "operator"],
  reviewer: ["客服", "reviewer"],
  finance: ["财务", "finance"],
  outlet_staff: ["网点", "outlet staff"],
  admin: ["管理员", "admin"],
};

export const WALLET = { wechat: ["微信", "WeChat"], alipay: ["支付宝", "Alipay"] };

export const TEXT_KIND = {
  login_code: ["登录验证码", "log-in code"],
  move_code: ["移动绑定验证码", "code to move a link"],
  notice: ["通知", "notice"],
};

export const VENDOR = { aliyun: ["阿里云", "Aliyun"], tencent: ["腾讯云", "Tencent"], none: ["无", "nobody"] };

export const TEXT = {
  asked: ["等结果", "no answer yet"],
  sent: ["已提交", "taken by the vendor"],
  delivered: ["已送达", "delivered"],
  failed: ["未送达", "not delivered"],
  refused: ["被拒绝", "refused"],
  unknown: ["结果未知", "unknown"],
};

export const CALLBACK = {
  wechat: ["微信消息", "WeChat's messages"],
  wechatpay: ["微信支付通知", "WeChat Pay's notices"],
  alipay: ["支付宝通知", "Alipay's notices"],
  sms_aliyun: ["阿里云短信回执", "Aliyun's reports"],
  sms_tencent: ["腾讯云短信回执", "Tencent's reports"],
};

export const REFUSED = {
  signature: ["签名不对：可能是伪造，或密钥已换", "the signature does not hold: forged, or a key has changed"],
  fresh: ["时间不对：重放或时钟偏差", "too old, or ahead: replayed, or a clock is off"],
  nonce: ["随机串重复：重放", "its nonce was used before: replayed"],
  app: ["不是本应用的", "of another app"],
  merchant: ["不是本商户的", "of another merchant"],
  wallet: ["不是这个钱包的单", "another wallet's money"],
  as_asked: ["金额或单号与请求不符", "not what was asked for"],
  asked: ["我方没有请求过", "never asked for"],
  known: ["没有这个单号", "of nothing of ours"],
  final: ["与已结束的结果矛盾", "against how it ended"],
  currency: ["币种不对", "another currency"],
  well_formed: ["内容格式不对", "not well formed"],
  malformed: ["内容格式不对", "not well formed"],
  encrypted: ["应加密而未加密", "plain where it has to be encrypted"],
  plain: ["不应加密", "encrypted where it has to be plain"],
  required: ["缺少内容", "something is missing"],
  content_type: ["内容类型不对", "another content type"],
  size: ["内容过大", "too large"],
  secret: ["地址里的密钥不对", "the address's secret is wrong"],
};

export const FLOW = { payment: ["收款", "payment"], refund: ["退款", "refund"], transfer: ["打款", "transfer"], unread: ["不明", "unknown"] };

export const DIFFERENCE = {
  missing_at_wallet: ["账单里没有", "not in the bill"],
  missing_here: ["我方没有", "not in our books"],
  amount: ["金额不符", "another amount"],
  duplicate: ["账单重复", "twice in the bill"],
  fee: ["手续费不符", "another fee"],
  unreadable: ["账单行无法识别", "a line that nobody can read"],
};

export const ACCOUNT = {
  provider_clearing: ["钱包余额", "at the wallet"],
  customer_funds: ["客户款", "customers' funds"],
  platform_fee: ["平台收入", "platform"],
  provider_fees: ["钱包手续费", "wallets' fees"],
  courier_earnings: ["应付揽件员", "owed to couriers"],
  courier_receivable: ["揽件员欠款", "owed by couriers"],
  payouts_in_flight: ["打款途中", "payouts under way"],
  refunds_in_flight: ["退款途中", "refunds under way"],
  suspense: ["挂账", "suspense"],
  bank: ["线下退款", "given by hand"],
};

export const INVOICE = { requested: ["已申请", "asked for"], issued: ["已开具", "issued"], refused: ["被退回", "refused"] };

export const CHANNEL = {
  template: ["微信模板消息", "WeChat template"],
  subscription: ["微信订阅通知", "WeChat subscription"],
  mini_subscription: ["小程序订阅消息", "mini program"],
  customer_message: ["微信客服消息", "WeChat customer message"],
  sms: ["短信", "SMS"],
  page: ["仅页面", "page only"],
};

export const NOTICE = {
  waiting: ["待发送", "waiting"],
  trying: ["发送中", "being sent"],
  sent: ["已发出", "sent"],
  delivered: ["已送达", "delivered"],
  page: ["仅页面可见", "page only"],
  unknown: ["结果不明，不重发", "unknown, not repeated"],
  late: ["已过时，未发送", "old news, not sent"],
  gone: ["订单已无，未发送", "offers were gone, not sent"],
};

export const NOTICE_TRY = {
  trying: ["发送中", "being sent"],
  sent: ["已被接受", "accepted"],
  delivered: ["已送达", "delivered"],
  refused: ["被拒，未发出", "refused, not sent"],
  blocked: ["用户屏蔽", "blocked by the person"],
  failed: ["送达失败", "not delivered"],
  unknown: ["结果不明", "unknown"],
};

export const NOTICE_WHY = {
  unfollowed: ["未关注服务号", "does not follow the account"],
  refused: ["没有订阅次数", "no subscription left"],
  none_left: ["额度刚用完", "just used up"],
  window_over: ["超过可回复时间", "their last touch is too long ago"],
  count_over: ["超过可回复条数", "too many messages since their last touch"],
  blocked: ["用户屏蔽", "blocked by the person"],
  day_quota: ["当日额度用完", "the day's quota is used up"],
  minute_quota: ["调用过于频繁", "too many calls a minute"],
  busy: ["微信繁忙", "WeChat is busy"],
  unavailable: ["系统暂不可用", "we were not ready"],
  template: ["模板不存在或未配置", "no such template"],
  argument: ["模板字段不符", "a field breaks the template's rule"],
  no_answer: ["没有应答", "no answer"],
  bad_answer: ["应答无法识别", "an answer that cannot be read"],
  process_died: ["发送进程中断", "the process died while sending"],
  token: ["微信密钥被拒", "WeChat refuses our token"],
  limit_minute: ["短信过于频繁", "too many texts a minute"],
  limit_hour: ["短信过于频繁", "too many texts an hour"],
  limit_day: ["短信超过每日条数", "too many texts today"],
};

export const BLOCK = {
  heading: ["标题", "Heading"],
  paragraph: ["段落", "Paragraph"],
  list: ["列表", "List"],
  picture: ["图片", "Picture"],
};

const RULE = {
  hide_its_outlets_first: ["请先隐藏它的网点", "hide its outlets first"],
  in_china: ["坐标不在中国境内，请检查经纬度是否写反", "not in China: are the two numbers exchanged?"],
  phone: ["请填写手机号、带区号的固话或 400 电话", "a mobile, a landline with its area code, or a 400 number"],
  most_blocks: ["最多 60 块", "60 blocks at most"],
  most_items: ["最多 30 项", "30 items at most"],
  each_once: ["写了两次", "it is there twice"],
  active: ["所属企业已隐藏，不能公开", "its enterprise is hidden"],
  taxpayer_number: ["税号为 15、17、18 或 20 位字母或数字", "a taxpayer number has 15, 17, 18 or 20 letters or digits"],
  check_digit: ["税号校验不通过，请核对", "this number's check digit is wrong"],
  company_only: ["个人发票不填税号", "only companies have one"],
  "2_to_100_characters": ["请填写 2–100 字", "2 to 100 characters"],
  email: ["邮箱格式不对", "not an e-mail address"],
  not_issued: ["发票已开具，不能再改", "the invoice was issued already"],
  mobile_number: ["请填写 11 位手机号", "an 11-digit mobile number"],
  real_name: ["请填写真实姓名（2–20 个汉字或英文）", "a real name, 2 to 20 characters"],
  plate: ["请填写车牌号，如 粤BD12345", "a licence plate such as 粤BD12345"],
  vin: ["VIN 为 17 位，不含 I、O、Q", "a VIN has 17 characters, no I, O or Q"],
  model: ["请填写车型（1–40 个字）", "the model, 1 to 40 characters"],
  one_vehicle: ["这个车牌已在您的车辆里", "you have a vehicle with this plate"],
  "20_vehicles": ["最多 20 辆车", "20 vehicles at most"],
  another_number: ["这就是现在的号码", "this is the number now"],
  dialled_number: ["请填写可拨打的电话号码", "a number that can be dialled"],
  region_code: ["请选择省、市、区", "choose province, city and district"],
  "4_to_120_characters": ["请填写 4–120 字", "4 to 120 characters"],
  "1_to_60_characters": ["请填写 1–60 字", "1 to 60 characters"],
  carrier_waybill: ["运单号为 8–30 位字母或数字", "8 to 30 letters or digits"],
  not_a_link: ["这是网址，不是运单号", "this is a link, not a waybill number"],
  six_digits: ["验证码是 6 位数字", "the code has 6 digits"],
  accepted: ["请勾选", "please tick this"],
  right: ["验证码不对或已过期", "the code is wrong or too old"],
  once: ["验证码已用过，请重新获取", "this code was used; please ask for a new one"],
  current: ["条款已更新，请重新阅读并勾选", "the terms have changed; please read them again"],
  required: ["必填", "this is needed"],
  must_be_true: ["需要勾选", "this has to be ticked"],
  length: ["太长或太短", "too long or too short"],
  range: ["数值超出范围", "out of range"],
  calendar_date: ["日期不对", "not a date"],
  from_order_to_today: ["日期应在下单之后、今天之前", "between the order's day and today"],
  picture: ["请上传 JPEG、PNG、HEIC 或 WebP 照片", "a JPEG, PNG, HEIC or WebP photo, please"],
  one_use: ["这张照片已用于别处，请另拍一张", "this photo was used for something else; please take another"],
  pixels: ["照片尺寸过大", "the photo has too many pixels"],
  bound_number: ["与绑定的运单号不一致", "not the number that was bound"],
  not_our_own_label: ["这是平台标签，请扫快递公司的运单号", "this is our own label; scan the carrier's number"],
  "1_to_200_characters": ["请填写 1–200 字", "1 to 200 characters"],
  seems_empty: ["格口里好像没有包裹，放好了请再确认一次", "the cell seems empty; if the parcel is inside, confirm once more"],
  something_inside: ["格口里好像还有东西，请先取出，或联系客服", "something seems to be inside; take it out first, or ask staff"],
  close_the_door_first: ["请先关好格口门", "please close the door first"],
  door_is_opening: ["门正在打开，请稍等", "the door is opening; please wait"],
  out_of_service: ["这个格口没有停用", "this cell is not out of service"],
  empty: ["格口里还有订单", "an order still has this cell"],
  door_known: ["锁板没有应答，门的状态不明", "the board does not answer: the door is not known"],
  not_to_be_tested: ["正在测试，或已不可测试", "it is being tested, or may not be any more"],
  door_is_moving: ["门正在动作，请稍等", "the door is moving; please wait"],
  door_sensed_open: ["还没有感应到门打开", "the door was not sensed open"],
  at_this_terminal: ["这件不在这台终端", "it is not in this terminal"],
  of_this_terminal: ["这件不在这台终端", "it is not in this terminal"],
  priced_from_another_city: ["面单的寄出城市与终端不在同一城市，请重新填写面单", "this waybill was priced from another city; please fill in a new one"],
  claimed_through_staff: ["已被接单，请联系客服取消", "a courier has claimed it; staff can cancel it"],
  opened_offline: ["已用离线码开门，等待柜机上报", "it was opened with the offline code; the terminal will tell soon"],
  grant_forgotten: ["柜机换过存储，不知离线码是否用过，请联系客服", "the terminal's disk is newer than the offline code: please call customer service"],
  grant_lives: ["离线码还有效，请稍后再试", "an offline code is still good for it; please try again soon"],
  grant_ended: ["离线码已收回，请再试一次", "the offline code was withdrawn; please try again"],
  grant_not_withdrawn: ["柜机没有回应，请稍后再试", "the terminal does not answer; please try again soon"],
  no_live_grant: ["没有有效的离线码", "there is no live offline code"],
  another_grant: ["已有新的离线码，请刷新后再看", "there is a newer offline code; please look again"],
  scan_again: ["请重新扫描终端二维码", "please scan the kiosk's QR again"],
  code_expired: ["二维码已过期，请重新扫码", "the code has expired; please scan again"],
  code_used: ["二维码已用过，请重新扫码", "the code was used; please scan again"],
  refused_already: ["已经拒收", "it was refused already"],
  id_number: ["身份证号为 18 位，末位可为 X", "18 characters; the last may be X"],
  id_birthday: ["身份证号中的出生日期不对", "the birthday in it is no date"],
  id_checksum: ["身份证号不对，请核对", "the number is not right: please check it"],
  courier_age: ["揽件员年龄须在 18–70 岁", "couriers are 18 to 70 years old"],
  in_the_future: ["有效期已过", "that day is over"],
  within_10_years: ["有效期最长 10 年", "ten years ahead at most"],
  one_account: ["该身份证号已认证其他账号", "it certifies another account"],
  one_application_waits: ["已有申请在审核中", "an application is being looked at already"],
  not_suspended: ["揽件资格已停用，请联系客服", "you are suspended; please call customer service"],
  not_expired: ["认证已到期，请重新认证", "your certification has run out: please renew it"],
  why_in_spite_of_the_photo: ["照片条码不一致，通过须写明原因", "the photo shows another number: say why you approve"],
  four_eyes: ["您已通过，须由另一位审核", "you approved it: another person has to as well"],
  your_approval: ["没有可撤回的审核", "there is no approval of yours to take back"],
  as_seen: ["内容已更新，请刷新后再审", "it was handed in anew: please look again"],
  on_duty: ["请先上班", "go on duty first"],
  not_your_own: ["不能接自己的订单", "you cannot claim your own order"],
  past: ["这个时段已过", "this slot is over"],
  too_soon: ["离开始太近，请选晚一些的时段，或致电网点", "it begins too soon: choose a later slot, or call the outlet"],
  too_far: ["还不能预约这么晚的日子", "that is too far ahead"],
  closed: ["网点当时不营业", "the outlet is closed then"],
  slot: ["网点的时段已调整，请重新选择", "the outlet's slots have changed: choose again"],
  another_slot: ["已经是这个时段", "it is in this slot already"],
  another_photo: ["两张照片相同，请分别上传", "both photos are the same one"],
  one_a_day: ["该车辆当天已有预约", "this vehicle has a booking on that day"],
  one_line: ["请只填一行文字", "one line of plain text"],
  current_version: ["条款已更新，请重新阅读并勾选", "the terms have changed; please read them again"],
};

/** "中文 / English" for a code of a table; an unknown code is shown as it is. */
export function word(table, code) {
  const found = table[code];
  return found ? found.filter(Boolean).join(" / ") : String(code ?? "");
}

/** The Chinese alone, for tight places. */
export const zh = (table, code) => table[code]?.[0] ?? String(code ?? "");

/** What a rule's name means, or null. */
export function ruleText(rule) {
  return rule && RULE[rule] ? RULE[rule].join(" / ") : null;
}
