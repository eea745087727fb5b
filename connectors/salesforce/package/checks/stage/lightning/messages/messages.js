import { LightningElement } from 'lwc';

export default class Messages extends LightningElement {}
