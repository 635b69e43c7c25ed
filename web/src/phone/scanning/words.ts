// What scanning says; each face that scans adds this table to its texts.

import type { Pairs } from "@/i18n";

export default {
  scan: {
    scan: ["扫一扫", "Scan"],
    title: { kiosk: ["扫终端上的二维码", "Scan the terminal's QR"], waybill: ["扫快递面单", "Scan the waybill"] },
    starting: ["正在打开相机…", "Opening the camera…"],
    loading: ["正在准备识别…", "Getting the reader ready…"],
    aim: { kiosk: ["把终端屏幕上的二维码放进框里", "Hold the terminal's QR in the frame"], waybill: ["把面单上的条形码放进框里", "Hold the waybill's bar code in the frame"] },
    no_picture: {
      insecure: ["这个浏览器不让网页用相机，请选照片或手动输入", "This browser gives pages no camera: choose a photo, or type it"],
      refused: ["没有相机权限。请在浏览器或系统设置里允许，或选照片、手动输入", "The camera was refused. Allow it in the settings, or choose a photo, or type it"],
      none: ["没有找到相机，请选照片或手动输入", "There is no camera: choose a photo, or type it"],
      busy: ["相机正被其他程序使用，请关闭后重试", "Another program has the camera: close it and try again"],
      failed: ["相机没有打开，请重试，或选照片、手动输入", "The camera did not open: try again, choose a photo, or type it"],
    },
    no_reader: ["识别程序没有下载成功，请检查网络后重试，或手动输入", "The reader could not be fetched: try again, or type it"],
    torch_on: ["开灯", "Light on"],
    torch_off: ["关灯", "Light off"],
    photo: ["选照片", "From a photo"],
    nothing_in_photo: ["照片里没有认出二维码或条形码", "No code was found in the photo"],
    bad_photo: ["这张照片打不开", "This photo cannot be opened"],
    reading: ["正在识别…", "Reading…"],
    type: { kiosk: ["或输入二维码里的网址", "Or type the QR's address"], waybill: ["或输入运单号", "Or type the waybill's number"] },
    other: {
      kiosk: ["不是终端的二维码", "This is no terminal's QR"],
      waybill: ["不是终端的二维码，也不是运单号", "Neither a terminal's QR nor a waybill's number"],
    },
    wechat_failed: ["微信扫码没有成功，改用相机（{told}）", "WeChat's scan failed; using the camera ({told})"],
  },
} satisfies Pairs;
